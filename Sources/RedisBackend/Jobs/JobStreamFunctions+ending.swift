internal import Monitoring

extension JobStreamFunctions {
    /// The field of the ends' hash that counts what other programs acknowledged and we removed.
    static let tidied = "tidied"

    /// `finish`, `leave`, `tidy` and `dismiss`.
    static let ending = """
        local ENDS = {\(JobEnd.allCases.map { "['\($0.rawValue)']=true" }.joined(separator: ", "))}

        -- KEYS stream, ends, crashes, cut; ARGV id, end, id, end, ... Acknowledges and deletes; an end counts where the entry
        -- was still there, or, if the stream was cut by it, still in a worker's hand, or that worker was taken for dead. So
        -- once.
        local function finish(keys, args)
            if #args % 2 ~= 0 then return redis.error_reply('ERR finish needs pairs of an id and an end') end
            for i = 2, #args, 2 do
                if not ENDS[args[i]] then return redis.error_reply('ERR there is no end named ' .. args[i]) end
            end
            local counts, seen, acknowledged, crashes = {}, {}, {}, {}
            for i = 1, #args, 2 do
                local id, name = args[i], args[i + 1]
                if is_id(id) and not seen[id] then
                    seen[id] = true
                    local ended = redis.call('XACK', keys[1], GROUP, id)
                    if ended == 1 then
                        acknowledged[#acknowledged + 1] = id
                    else
                        ended = redis.call('XDEL', keys[1], id)
                        if ended == 0 then ended = redis.call('ZREM', keys[4], id) end
                    end
                    counts[name] = (counts[name] or 0) + ended
                    crashes[#crashes + 1] = id
                    crashes[#crashes + 1] = id .. ALONE
                end
            end
            -- Together, since after each XDEL the server looks for the stream's first entry, past all that are deleted.
            if #acknowledged > 0 then redis.call('XDEL', keys[1], unpack(acknowledged)) end
            if #crashes > 0 then redis.call('HDEL', keys[3], unpack(crashes)) end
            for name, count in pairs(counts) do
                if count > 0 then redis.call('HINCRBY', keys[2], name, count) end
            end
            return 1
        end

        -- Removing a consumer destroys what it has pending, so only one that has nothing is removed.
        local function dismiss_one(stream, name)
            local rows = ask('XPENDING', stream, GROUP, '-', '+', 1, name)
            if not rows or #rows > 0 then return 0 end
            redis.call('XGROUP', 'DELCONSUMER', stream, GROUP, name)
            return 1
        end

        -- KEYS stream; ARGV worker.
        local function leave(keys, args)
            return dismiss_one(keys[1], args[1])
        end

        -- KEYS stream; ARGV how long, in ms, a consumer must not have been seen to be gone.
        local function dismiss(keys, args)
            local idle = tonumber(args[1])
            if not idle then return redis.error_reply('ERR dismiss needs a time in milliseconds') end
            local count = 0
            for _, flat in ipairs(ask('XINFO', 'CONSUMERS', keys[1], GROUP) or {}) do
                local consumer = named(flat)
                if consumer.pending == 0 and consumer.idle > idle then
                    count = count + dismiss_one(keys[1], consumer.name)
                end
            end
            return count
        end

        -- KEYS stream, ends, crashes; ARGV the id to go on behind, or ''. Removes, of a page of what was read, what is not
        -- pending. Returns how many it removed, and the id to go on behind, or '' at the end.
        local function tidy(keys, args)
            local stream = keys[1]
            -- Crashes of jobs that were cut, or that went with the whole stream, are nobody's.
            if redis.call('XLEN', stream) == 0 then redis.call('DEL', keys[3]) end
            local group = group_of(stream)
            if not group then return {0, ''} end
            local start = args[1] == '' and '-' or '(' .. args[1]
            local rows = redis.call('XRANGE', stream, start, group['last-delivered-id'], 'COUNT', \(batch))
            if #rows == 0 then return {0, ''} end
            local pending, from, last = {}, rows[1][1], rows[#rows][1]
            while true do
                local page = redis.call('XPENDING', stream, GROUP, from, last, \(batch))
                for _, row in ipairs(page) do pending[row[1]] = true end
                if #page < \(batch) then break end
                from = '(' .. page[#page][1]
            end
            local command = {'XDEL', stream}
            for _, row in ipairs(rows) do
                if not pending[row[1]] then command[#command + 1] = row[1] end
            end
            local removed = #command > 2 and redis.call(unpack(command)) or 0
            if removed > 0 then redis.call('HINCRBY', keys[2], '\(tidied)', removed) end
            return {removed, #rows < \(batch) and '' or last}
        end

        redis.register_function{function_name='@finish@', callback=finish, flags={'allow-oom'}}
        redis.register_function{function_name='@leave@', callback=leave, flags={'allow-oom'}}
        redis.register_function{function_name='@dismiss@', callback=dismiss, flags={'allow-oom'}}
        redis.register_function{function_name='@tidy@', callback=tidy, flags={'allow-oom'}}
        """
}
