extension JobStreamFunctions {
    /// `take_over`, `renew` and `release`.
    static let holding = """
        -- After a step back of the clock, what is pending was delivered in the future, and would seem busy until then. A
        -- page at a time, its lease is made to start now. Returns whether there was a page.
        local function rewind(stream, clock)
            local start = redis.call('HGET', clock, 'rewind')
            if not start then return false end
            local rows = redis.call('XPENDING', stream, GROUP, start, '+', \(batch))
            local owners = {}
            for _, row in ipairs(rows) do
                if row[2] ~= RELEASED then
                    owners[row[2]] = owners[row[2]] or {}
                    table.insert(owners[row[2]], row[1])
                end
            end
            for owner, ids in pairs(owners) do give(stream, owner, ids, 'IDLE', 0, 'JUSTID') end
            if #rows < \(batch) then
                redis.call('HDEL', clock, 'rewind')
            else
                redis.call('HSET', clock, 'rewind', '(' .. rows[#rows][1])
            end
            return true
        end

        -- KEYS stream, clock, crashes; ARGV worker, lease in ms, limit. Returns {{id, fields, crashes}, ...}.
        --
        -- XPENDING and XCLAIM in one step do what XAUTOCLAIM does, and tell besides whose each job was: a worker must not
        -- take over what it has in hand itself, and what was given back is no crash.
        local function take_over(keys, args)
            local stream, clock, crashes = keys[1], keys[2], keys[3]
            local worker, lease, limit = args[1], tonumber(args[2]), tonumber(args[3])
            if not worker or worker == '' or worker == RELEASED or not lease or lease <= 0 or not limit or limit < 1 then
                return redis.error_reply('ERR take_over needs a worker, a lease in milliseconds and a limit')
            end
            local given_back = ask('XPENDING', stream, GROUP, '-', '+', limit, RELEASED)
            if not given_back then return {} end
            local _, _, in_grace, stepped = read_clock(clock, 'take', lease)
            if stepped then redis.call('HSET', clock, 'rewind', '-') end
            local ids, has_crashed = {}, {}
            for _, row in ipairs(given_back) do ids[#ids + 1] = row[1] end
            if not rewind(stream, clock) and not in_grace then
                local start = '-'
                for _ = 1, 20 do
                    if #ids >= limit then break end
                    local rows = redis.call('XPENDING', stream, GROUP, 'IDLE', lease, start, '+', \(batch))
                    for _, row in ipairs(rows) do
                        if row[2] ~= worker and row[2] ~= RELEASED and #ids < limit then
                            ids[#ids + 1] = row[1]
                            has_crashed[row[1]] = true
                        end
                    end
                    if #rows < \(batch) then break end
                    start = '(' .. rows[#rows][1]
                end
            end
            if #ids == 0 then return {} end
            local jobs, found = {}, {}
            for _, entry in ipairs(give(stream, worker, ids)) do
                if entry then
                    local id = entry[1]
                    found[id] = true
                    if has_crashed[id] then redis.call('HINCRBY', crashes, id, 1) end
                    jobs[#jobs + 1] = {id, entry[2], tonumber(redis.call('HGET', crashes, id) or '0')}
                end
            end
            for _, id in ipairs(ids) do
                if not found[id] then redis.call('HDEL', crashes, id) end
            end
            return jobs
        end

        -- KEYS stream, clock; ARGV worker, ids. Returns the ids that are the worker's, their leases started anew.
        local function renew(keys, args)
            local ids = owned(keys[1], args[1], args, 2)
            read_clock(keys[2], 'take', nil)
            if #ids == 0 then return ids end
            return give(keys[1], args[1], ids, 'JUSTID')
        end

        -- KEYS stream; ARGV worker, ids.
        local function release(keys, args)
            local ids = owned(keys[1], args[1], args, 2)
            if #ids == 0 then return 0 end
            return #give(keys[1], RELEASED, ids, 'JUSTID')
        end

        redis.register_function{function_name='@take_over@', callback=take_over, flags={'allow-oom'}}
        redis.register_function{function_name='@renew@', callback=renew, flags={'allow-oom'}}
        redis.register_function{function_name='@release@', callback=release, flags={'allow-oom'}}
        """
}
