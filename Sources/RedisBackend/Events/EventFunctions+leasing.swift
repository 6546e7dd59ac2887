extension EventFunctions {
    /// Leases, gates, and what tells one run of the server from another.
    static let leasing = #"""
        -- args: boot, lease
        local function beat(keys, args)
            local q, read = open(keys), reader(args)
            local boot, lease = read.text(), read.number()
            local now = tick(q)
            -- A lease whose key was lost is still the worker's while what it holds is there.
            if not redis.call('ZSCORE', q.workers, boot) and redis.call('EXISTS', held_key(q, boot)) == 0 then return 0 end
            redis.call('ZADD', q.workers, int(now + lease), boot)
            redis.call('SADD', q.boots, boot)
            redis.call('HSET', q.clock, 'lease', int(lease))
            return 1
        end

        local function sweep(keys, args)
            local q = open(keys)
            local now, grace = tick(q)
            if now < grace then return 0 end
            local dead = redis.call('ZRANGEBYSCORE', q.workers, '-inf', int(now), 'LIMIT', 0, 64)
            -- Those who may hold something and whose lease was lost are found as well.
            if redis.call('SCARD', q.boots) > 0 then
                for _, boot in ipairs(redis.call('SMEMBERS', q.boots)) do
                    if not redis.call('ZSCORE', q.workers, boot) then dead[#dead + 1] = boot end
                end
            end
            local swept = 0
            for _, boot in ipairs(dead) do
                -- The server does nothing else meanwhile; what is left has its turn at the next sweep.
                if swept >= 1000 then break end
                swept = swept + give_back(q, boot, true)
            end
            return swept
        end

        -- args: boot
        local function leave(keys, args)
            local q, read = open(keys), reader(args)
            local boot = read.text()
            tick(q)
            return give_back(q, boot, false)
        end

        -- args: channel, duration
        local function gate(keys, args)
            local q, read = open(keys), reader(args)
            local channel, duration = read.text(), read.number()
            local now = tick(q)
            local key = q.p .. 'c:' .. channel
            if duration <= 0 then
                redis.call('DEL', key)
            else
                local gate_end = math.max(now + duration, tonumber(redis.call('GET', key) or 0))
                redis.call('SET', key, int(gate_end), 'PX', int(gate_end - now + 1))
            end
            touch(q, channel)
            return 1
        end

        local function identity(keys)
            local q = open(keys)
            local epoch, run = incarnation(q)
            if epoch == '' then
                epoch = int(tick(q)) .. '-' .. run
                redis.call('HSET', q.counters, 'epoch', epoch)
            end
            return {epoch, run}
        end

        redis.register_function{function_name = '@beat@', callback = beat, flags = draining}
        redis.register_function{function_name = '@sweep@', callback = sweep, flags = draining}
        redis.register_function{function_name = '@leave@', callback = leave, flags = draining}
        redis.register_function{function_name = '@gate@', callback = gate, flags = draining}
        redis.register_function{function_name = '@identity@', callback = identity, flags = draining}

        """#
}
