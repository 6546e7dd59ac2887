extension EventFunctions {
    /// What people ask for.
    static let people = #"""
        local LETTER = {'event', 'channel', 'reason', 'attempts', 'body', 'at'}

        -- args: ids
        local function letters(keys, args)
            local q, out = open(keys), {}
            for _, id in ipairs(args) do
                local fields = redis.call('HMGET', letter_key(q, id), unpack(LETTER))
                if fields[3] then
                    fields[#LETTER + 1] = id
                    out[#out + 1] = fields
                end
            end
            return out
        end

        -- args: last id of the page before or '', limit, channel or ''
        local function letter_page(keys, args)
            local q, read = open(keys), reader(args)
            local before, limit, channel = read.text(), read.number(), read.text()
            local index = channel == '' and q.dead or (q.dead .. ':' .. channel)
            local from = before == '' and '+' or ('(' .. before)
            return letters(keys, redis.call('ZRANGE', index, from, '-', 'BYLEX', 'REV', 'LIMIT', 0, int(limit)))
        end

        -- Lets an event be routed once more, where it is its own record that has ended.
        local function requeue(q, letter)
            local key = event_key(q, letter.event)
            local record = redis.call('HMGET', key, 'state', 'hash')
            if record[1] and (record[1] ~= 'ended' or (record[2] or '') ~= letter.hash) then return end
            redis.call('HSET', key, 'state', 'queued', 'own', letter.own)
            if letter.hash ~= '' then redis.call('HSET', key, 'hash', letter.hash) end
            redis.call('PEXPIRE', key, int(QUEUED_MEMORY))
        end

        local function reopen(q, now, letter, deadline)
            local key = event_key(q, letter.event)
            local record = redis.call('HMGET', key, 'state', 'hash')
            -- The id may have come to stand for another event since.
            if record[1] and (record[2] or '') ~= letter.hash then return false end
            local kept = load(q, letter.event, letter.channel)
            if kept and (kept.state == 'p' or kept.state == 'h') then return false end
            redis.call('HSET', key, 'state', 'routed', 'own', letter.own, 'body', letter.body)
            if letter.hash ~= '' then redis.call('HSET', key, 'hash', letter.hash) end
            redis.call('PERSIST', key)
            redis.call('HINCRBY', key, 'open', 1)
            -- By its old number it takes its old place in its order.
            local d = {
                id = letter.event, channel = letter.channel, state = 'p', attempts = 0, crashes = 0,
                routed = tonumber(letter.routed), deadline = now + deadline, due = now,
                sequence = tonumber(letter.sequence), order = letter.order,
            }
            save(q, d)
            schedule(q, d)
            return true
        end

        -- args: deadline, ids
        local function replay(keys, args)
            local q = open(keys)
            local deadline = number(args[1], 'the deadline')
            redis.call('LLEN', q.list)
            local now = tick(q)
            local replayed = 0
            for i = 2, #args do
                local fields = redis.call('HGETALL', letter_key(q, args[i]))
                if #fields > 0 then
                    local letter = {}
                    for k = 1, #fields, 2 do letter[fields[k]] = fields[k + 1] end
                    local done = true
                    if letter.channel ~= '' then
                        done = reopen(q, now, letter, deadline)
                    else
                        if letter.event ~= '' then requeue(q, letter) end
                        redis.call('RPUSH', q.list, letter.body)
                    end
                    if done then
                        drop_letters(q, {args[i]})
                        replayed = replayed + 1
                    end
                end
            end
            return replayed
        end

        -- args: ids
        local function discard(keys, args)
            local q = open(keys)
            local dropped = drop_letters(q, args)
            count(q, 'discarded', dropped)
            return dropped
        end

        -- args: lifetime, most letters; how many were discarded, 1000 at most
        local function trim(keys, args)
            local q, read = open(keys), reader(args)
            local lifetime, most = read.number(), read.number()
            local now = tick(q)
            local oldest = string.format('(%014.0f.', math.max(now - lifetime, 0))
            local dropped = drop_letters(q, redis.call('ZRANGE', q.dead, '-', oldest, 'BYLEX', 'LIMIT', 0, 1000))
            local excess = math.min(redis.call('ZCARD', q.dead) - most, 1000 - dropped)
            if excess > 0 then dropped = dropped + drop_letters(q, redis.call('ZRANGE', q.dead, 0, excess - 1)) end
            count(q, 'discarded', dropped)
            return dropped
        end

        -- args: id; its state, the channel that had it at once, and its deliveries
        local function event(keys, args)
            local q = open(keys)
            local fields = redis.call('HGETALL', event_key(q, args[1]))
            if #fields == 0 then return {} end
            local state, sent, deliveries = '', '', {}
            for i = 1, #fields, 2 do
                if fields[i] == 'state' then state = fields[i + 1] end
                if fields[i] == 'sent' then sent = fields[i + 1] end
                local channel = string.match(fields[i], '^c:(%d+)$')
                if channel then
                    local d = load(q, args[1], channel)
                    deliveries[#deliveries + 1] = {channel, d.state, d.attempts, d.due}
                end
            end
            return {state, sent, deliveries}
        end

        local function counts(keys, args)
            local q = open(keys)
            local held = 0
            for _, boot in ipairs(redis.call('SMEMBERS', q.boots)) do
                held = held + redis.call('HLEN', held_key(q, boot))
            end
            local kept = redis.call('HMGET', q.counters, 'scheduled', 'discarded')
            return {
                redis.call('LLEN', q.list) + redis.call('LLEN', q.again), held, tonumber(kept[1] or 0),
                redis.call('ZCARD', q.dead), tonumber(kept[2] or 0), redis.call('ZCARD', q.workers),
            }
        end

        local reading = {'no-writes', 'allow-oom'}
        redis.register_function{function_name = '@letters@', callback = letters, flags = reading}
        redis.register_function{function_name = '@letter_page@', callback = letter_page, flags = reading}
        redis.register_function{function_name = '@event@', callback = event, flags = reading}
        redis.register_function{function_name = '@counts@', callback = counts, flags = reading}
        redis.register_function{function_name = '@discard@', callback = discard, flags = draining}
        redis.register_function{function_name = '@trim@', callback = trim, flags = draining}
        redis.register_function('@replay@', replay)
        """#
}
